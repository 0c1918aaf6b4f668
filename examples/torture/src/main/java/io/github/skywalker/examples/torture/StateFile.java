package io.github.skywalker.examples.torture;

import io.github.skywalker.api.Checkpoint;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What a machine held at one moment, and how it goes into a file and comes back.
 *
 * @param digest of all that was executed
 * @param state what the keys held; its own copy
 */
record StateFile(KeyValueMachine.Digest digest, Map<String, String> state)
    implements Checkpoint.Snapshot {

  private static final String NAME = "state";

  @Override
  public void writeTo(Path directory) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(
            new BufferedOutputStream(Files.newOutputStream(directory.resolve(NAME))))) {
      out.writeLong(digest.instance());
      out.writeLong(digest.executions());
      out.writeLong(digest.hash());
      out.writeInt(state.size());
      for (Map.Entry<String, String> each : state.entrySet()) {
        out.writeUTF(each.getKey());
        out.writeUTF(each.getValue());
      }
    }
  }

  /**
   * Reads what was written.
   *
   * @throws IOException if reading fails, or the file is none that was written to its end
   */
  static StateFile read(Path directory) throws IOException {
    return read(Files.newInputStream(directory.resolve(NAME)));
  }

  /** The same, and closes the stream. */
  static StateFile read(InputStream from) throws IOException {
    try (DataInputStream in = new DataInputStream(new BufferedInputStream(from))) {
      KeyValueMachine.Digest digest =
          new KeyValueMachine.Digest(in.readLong(), in.readLong(), in.readLong());
      int keys = in.readInt();
      Map<String, String> state = new HashMap<>();
      for (int i = 0; i < keys; i++) {
        state.put(in.readUTF(), in.readUTF());
      }
      if (keys != state.size() || in.read() >= 0) {
        throw new IOException(
            "A state of "
                + keys
                + " keys came as one of "
                + state.size()
                + ", or with more behind");
      }
      return new StateFile(digest, state);
    }
  }

  @Override
  public void close() {
    // It holds nothing but memory.
  }
}
