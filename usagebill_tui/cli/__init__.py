"""The command line: one module per group of commands. Data goes to stdout, narration to stderr."""
