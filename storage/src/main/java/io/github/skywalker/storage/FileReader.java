package io.github.skywalker.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Reads one file, for any thread. A thread that is interrupted while it reads closes the channel
 * that it reads from: whoever reads next opens another one.
 */
final class FileReader implements Closeable {

  private final Path path;
  private volatile @Nullable FileChannel open;
  private volatile boolean closed;

  FileReader(Path path) {
    this.path = path;
  }

  /** Reads as much as the buffer takes or the file has; returns the count, 0 at its end. */
  int read(ByteBuffer into, long position) throws IOException {
    int start = into.position();
    while (into.hasRemaining()) {
      FileChannel channel = channel();
      int count;
      try {
        count = channel.read(into, position + into.position() - start);
      } catch (ClosedByInterruptException e) {
        throw e;
      } catch (ClosedChannelException e) {
        if (closed) {
          throw e;
        }
        continue; // Another reader was interrupted.
      }
      if (count < 0) {
        break;
      }
    }
    return into.position() - start;
  }

  private FileChannel channel() throws IOException {
    FileChannel channel = open;
    if (channel == null || !channel.isOpen()) {
      synchronized (this) {
        channel = open;
        if (channel == null || !channel.isOpen()) {
          if (closed) {
            throw new ClosedChannelException();
          }
          channel = FileChannel.open(path, StandardOpenOption.READ);
          open = channel;
        }
      }
    }
    return channel;
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    FileChannel channel = open;
    if (channel != null) {
      channel.close();
    }
  }
}
