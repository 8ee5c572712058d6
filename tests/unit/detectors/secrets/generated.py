"""Values that look live, made at run time so that no file holds one."""

import random
import re
import string

ALPHABETS = {
    "alnum": string.ascii_letters + string.digits,
    "letters": string.ascii_letters,
    "lower": string.ascii_lowercase + string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "hex": "0123456789abcdef",
    "hexupper": "0123456789ABCDEF",
    "digits": string.digits,
    "base32": string.ascii_uppercase + "234567",
    "base32lower": string.ascii_lowercase + "234567",
    "bech32": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    "base58": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
}


def generated(template: str, seed: int = 0) -> str:
    """`{alnum 36}` becomes 36 characters, the same ones each time for the same seed."""
    chance = random.Random(f"{template}{seed or ''}")

    def run(found: re.Match[str]) -> str:
        if found[1] == "uuid":
            return "-".join("".join(chance.choices(ALPHABETS["hex"], k=k)) for k in (8, 4, 4, 4, 12))
        return "".join(chance.choices(ALPHABETS[found[1]], k=int(found[2])))

    return re.sub(r"\{(uuid|[a-z0-9]+(?= \d))(?: (\d+))?\}", run, template)
