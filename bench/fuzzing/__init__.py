"""What `bench/fuzz.py` is made of: programs at random, how they are run, what is compared."""
