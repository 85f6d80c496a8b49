// Queue: tasks that are done one after the other, in the order in which they are asked for.

export class Queue {
  private last: Promise<unknown> = Promise.resolve();

  /** Begins the task when all earlier ones have ended, well or not. */
  add<T>(task: () => T | Promise<T>): Promise<T> {
    const result = this.last.then(task);
    this.last = result.catch(() => undefined);
    return result;
  }
}
