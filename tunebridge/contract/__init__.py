"""What a plugin implements, and the values that cross the border."""
