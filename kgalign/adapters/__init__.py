"""What a reconciled graph teaches a frozen multilingual language model, and what that is good for."""
