"""Names that a language takes: those of the program where it can, others where it cannot."""

from __future__ import annotations

import re
import unicodedata

from cgcli.annotations import Callable, Collection
from cgcli.language.scanner import unquoted

LETTERS = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma "
    "tau upsilon phi chi psi omega"
)
GREEK = LETTERS.split()


def beside(name: str, found: str) -> str:
    """Another name than one that is taken."""
    return f"{found}_"


class Names:
    """Every name once.

    spell   makes a name of the program one that the language takes
    key     what two names must differ by
    prefix  of fresh names
    apart   another name for one that is taken, from what it is in the program and what it is so far
    """

    def __init__(
        self,
        reserved: Collection[str],
        spell: Callable[[str], str],
        key: Callable[[str], str],
        apart: Callable[[str, str], str] = beside,
    ) -> None:
        self.reserved, self.spell, self.key = {key(name) for name in reserved}, spell, key
        self.taken: set[str] = set()
        self.apart, self.prefix, self.count = apart, "v", 0

    def keep(self, name: str) -> str:
        """A name of the program, changed as little as the language asks for."""
        found = self.spell(name)
        while self.key(found) in self.reserved or self.key(found) in self.taken:
            found = self.apart(name, found)
        self.taken.add(self.key(found))
        return found

    def fresh(self) -> str:
        """The next of `v1`, `v2`, ..."""
        while True:
            self.count += 1
            found = self.spell(f"{self.prefix}{self.count}")
            if self.key(found) not in self.taken and self.key(found) not in self.reserved:
                self.taken.add(self.key(found))
                return found


def same(name: str) -> str:
    return unquoted(name)


def word(name: str) -> str:
    """A name as one word: what stands between backquotes in programs may be any text."""
    found = re.sub(r"\W+", "_", unquoted(name))
    return found if found.isidentifier() else f"_{found}"


def normal(name: str) -> str:
    """As Python reads names."""
    return unicodedata.normalize("NFKC", word(name))


def greek(letter: str) -> str | None:
    """`alpha` for α, `Omega` for Ω."""
    words = unicodedata.name(letter, "").split()
    if words[:1] != ["GREEK"] or "LETTER" not in words or words[-1].lower() not in (*GREEK, "lamda"):
        return None
    word = words[-1].lower().replace("lamda", "lambda")
    return word.capitalize() if letter.isupper() else word


def ascii_only(name: str) -> str:
    """The name in letters of ASCII: accents go, Greek letters are written out, others have their
    number."""
    found = ""
    for letter in unicodedata.normalize("NFKD", word(name)):
        if letter.isascii():
            found += letter
        elif not unicodedata.combining(letter):
            found += greek(letter) or f"u{ord(letter):x}"
    return found if found.isidentifier() else f"_{found}"
