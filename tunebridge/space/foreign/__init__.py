"""What other libraries declare, and how that is written here."""
