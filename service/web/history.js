/** The settings before and after the current one, for undo and redo. */

/** The maximum number of settings that can be undone. */
const MOST = 200;

export class History {
  /** @type {Setting[]} */
  before = [];
  /** @type {Setting[]} */
  after = [];

  /**
   * Remembers a setting that is about to change.
   * @param {Setting} setting
   */
  remember(setting) {
    if (setting === this.before.at(-1)) return;
    this.before = [...this.before, setting].slice(-MOST);
    this.after = [];
  }

  /**
   * Returns the setting before this one, if there is one.
   * @param {Setting} setting
   */
  undo(setting) {
    const found = this.before.pop();
    if (found) this.after.push(setting);
    return found;
  }

  /**
   * Returns the setting after this one, if it was undone.
   * @param {Setting} setting
   */
  redo(setting) {
    const found = this.after.pop();
    if (found) this.before.push(setting);
    return found;
  }
}
