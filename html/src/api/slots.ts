// Long answers hold a connection each, and browsers open six to one origin in all their tabs together. Four may be
// held by long answers, wherever they are shown, so that two are always left for everything else.

const SLOTS = 4;

/** Runs while holding one of the places. False, without running, when all are taken. */
export async function withSlot(run: () => Promise<void>): Promise<boolean> {
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) {
    await run();
    return true;
  }
  for (let slot = 0; slot < SLOTS; slot++) {
    const ran = await locks.request(`eksgate-long-${slot}`, { ifAvailable: true }, async (lock) => {
      if (lock) await run();
      return lock !== null;
    });
    if (ran) return true;
  }
  return false;
}
