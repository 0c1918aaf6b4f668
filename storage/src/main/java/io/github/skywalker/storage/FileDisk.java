package io.github.skywalker.storage;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The real file system. Any thread may call it. */
public final class FileDisk implements Disk {

  /** Locks that this process holds: the operating system's are per process, and let it in twice. */
  private static final Set<Path> LOCKED = ConcurrentHashMap.newKeySet();

  @Override
  public DiskFile open(Path file) throws IOException {
    return new OpenFile(file);
  }

  @Override
  public boolean exists(Path path) {
    return Files.exists(path);
  }

  @Override
  public Kind kind(Path path) throws IOException {
    try {
      BasicFileAttributes found =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return found.isRegularFile() ? Kind.FILE : found.isDirectory() ? Kind.DIRECTORY : Kind.OTHER;
    } catch (NoSuchFileException nothing) {
      return Kind.NOTHING;
    }
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    try (Stream<Path> paths = Files.list(directory)) {
      return paths.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    Files.createDirectories(directory);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void delete(Path file) throws IOException {
    Files.delete(file);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, READ)) {
      channel.force(true);
    }
  }

  @Override
  public long usableBytes(Path directory) throws IOException {
    return Files.getFileStore(directory).getUsableSpace();
  }

  @Override
  public Closeable lock(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, CREATE, WRITE);
    Path known = file.toRealPath();
    if (!LOCKED.add(known)) {
      channel.close();
      throw new IOException(
          "The data directory is in use in this process already: it holds the lock " + file + ".");
    }
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return () -> {
          channel.close();
          LOCKED.remove(known);
        };
      }
    } catch (OverlappingFileLockException e) {
      // Taken within this process by other means: as good as another process.
    } catch (IOException e) {
      LOCKED.remove(known);
      channel.close();
      throw e;
    }
    LOCKED.remove(known);
    channel.close();
    throw new IOException(
        "Another process holds the lock " + file + ": stop it, or use another data directory.");
  }

  /** Reads go apart from the writes: a reader that is interrupted must not end the writer. */
  private static final class OpenFile implements DiskFile {
    private final Path path;
    private final FileReader reader;
    private final FileChannel writer;

    /** Past the system's cache; made when it is wanted, null where that cannot be done. */
    private @Nullable FileChannel direct;

    private boolean directTried;

    OpenFile(Path path) throws IOException {
      this.path = path;
      this.reader = new FileReader(path);
      this.writer = FileChannel.open(path, CREATE, READ, WRITE);
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      return reader.read(into, position);
    }

    @Override
    public void write(ByteBuffer from, long position) throws IOException {
      long at = position;
      while (from.hasRemaining()) {
        at += channelFor(from, at).write(from, at);
      }
    }

    private FileChannel channelFor(ByteBuffer from, long position) {
      boolean wholePages =
          from.isDirect()
              && position % PAGE_BYTES == 0
              && from.remaining() % PAGE_BYTES == 0
              && from.alignmentOffset(from.position(), PAGE_BYTES) == 0;
      if (wholePages && !directTried) {
        directTried = true;
        direct = openDirect();
      }
      return wholePages && direct != null ? direct : writer;
    }

    private @Nullable FileChannel openDirect() {
      try {
        if (Files.getFileStore(path).getBlockSize() > PAGE_BYTES) {
          return null;
        }
        return FileChannel.open(path, WRITE, ExtendedOpenOption.DIRECT);
      } catch (IOException | UnsupportedOperationException notHere) {
        return null;
      }
    }

    @Override
    public void force() throws IOException {
      writer.force(false);
    }

    @Override
    public long size() throws IOException {
      return writer.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      writer.truncate(size);
    }

    @Override
    public void close() throws IOException {
      reader.close();
      writer.close();
      if (direct != null) {
        direct.close();
      }
    }
  }
}
