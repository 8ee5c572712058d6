"""Operations on what is served: take back, roll back, erase, reconcile, keep house. Called by people and schedules."""
