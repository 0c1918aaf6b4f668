package io.github.skywalker.api;

import java.io.IOException;
import java.nio.file.Path;

/** How a machine saves its state to files, and loads it from them. */
public interface Checkpoint {

  /**
   * Holds the state as it is now. Called on the apply loop, which waits for it: take a handle, a
   * copy-on-write view or a file-system link, and leave the writing to {@link Snapshot#writeTo}.
   *
   * @return a handle on that state, closed by the library whatever happens
   * @throws IOException if it cannot be held; the checkpoint is tried again later
   */
  Snapshot capture() throws IOException;

  /**
   * Replaces the machine's state by what a snapshot wrote, perhaps on another node. Called on the
   * apply loop, which waits for it. If it throws, or the process dies in it, it is called again.
   *
   * @param instance the instance up to which the files hold everything
   * @param directory the files; the library's own, to be read and left as they are
   * @throws IOException if the files cannot be loaded; the group halts on this node
   */
  void restore(long instance, Path directory) throws IOException;

  /** The state of one moment. */
  interface Snapshot extends AutoCloseable {

    /**
     * Writes the files. Called once, in the background, while execution goes on.
     *
     * @param directory an empty directory of the library's; only plain files, in it or below it
     * @throws IOException if it cannot be written; the directory is discarded
     */
    void writeTo(Path directory) throws IOException;

    /** Lets go of what {@link Checkpoint#capture} held. Always called, once. */
    @Override
    void close();
  }
}
