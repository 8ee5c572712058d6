"""A sentence about each drill, by its name. The code of drills is imported when one runs."""

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "restore": "Back up, restore, and prove that nothing comes back that was taken back after the backup.",
    "revoke-keys": "A stolen signing key: sign everything again, refuse the key, serve the same.",
    "rotate-keys": "A new signing key, with every older signature still good.",
    "lost-database": "Lose the database: nothing is served and no new history begins, until a backup is restored.",
    "segmentation": "Plant control documents for every source, tenant and classification, and ask as every kind of "
    "principal.",
    "poison": "Plant a poisoned document, let it be received, find out by whom, take it back everywhere, and prove it.",
    "leak": "Leaked tokens: end those and the sessions of one person, then of all, while another process serves.",
    "rebuild": "Lose the index: repair, and build everything again from the sources. Takes as long as a first refresh.",
}
