"""Population-based training: members train side by side, and those that fall behind copy those that lead."""
