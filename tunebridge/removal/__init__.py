"""Taking trials out of what is learned from, and studies and checkpoints out of where they are kept."""
