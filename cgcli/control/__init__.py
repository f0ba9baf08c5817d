"""Programs that run: trees of blocks, and what is known and made of them."""
