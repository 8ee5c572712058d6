"""The drills by their names."""

from collections.abc import Mapping

from pipeline.drills.leak import leak
from pipeline.drills.poison import poison
from pipeline.drills.rebuild import rebuild
from pipeline.drills.recovery import lost_database, restore
from pipeline.drills.rehearse import Drill
from pipeline.drills.segmentation import segmentation
from pipeline.drills.signing_keys import revoke_keys, rotate_keys

DRILLS: Mapping[str, Drill] = {
    "restore": restore,
    "revoke-keys": revoke_keys,
    "rotate-keys": rotate_keys,
    "lost-database": lost_database,
    "segmentation": segmentation,
    "poison": poison,
    "leak": leak,
    "rebuild": rebuild,
}
