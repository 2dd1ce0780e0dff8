"""The screens, one file each, all of them Pages."""
