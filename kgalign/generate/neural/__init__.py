"""The trained generator: an mT5 that reads facts and writes texts with placeholders.

:func:`~kgalign.generate.neural.session.train_generator` trains one,
:func:`~kgalign.generate.neural.drafter.open_drafter` gives it as a
:class:`~kgalign.generate.drafting.Drafter`, and :func:`~kgalign.generate.neural.export.export` makes it fast
on a CPU. Nothing is imported here, so that the options can be had without PyTorch.
"""
