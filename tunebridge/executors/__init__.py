"""The executors that need nothing but this machine: in the study's own process, in threads, in processes."""
