package io.github.skywalker.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.util.List;

/** The real file system, in which nothing is changed: whoever tries has a fault. */
final class ReadOnlyDisk implements Disk {

  private final FileDisk disk = new FileDisk();

  @Override
  public DiskFile open(Path file) throws IOException {
    if (!disk.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    return new OpenFile(file, new FileReader(file));
  }

  @Override
  public boolean exists(Path path) {
    return disk.exists(path);
  }

  @Override
  public Kind kind(Path path) throws IOException {
    return disk.kind(path);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return disk.list(directory);
  }

  @Override
  public void createDirectories(Path directory) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void rename(Path from, Path to) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void delete(Path file) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void syncDirectory(Path directory) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public long usableBytes(Path directory) {
    return 0;
  }

  @Override
  public Closeable lock(Path file) throws IOException {
    return disk.lock(file);
  }

  private record OpenFile(Path path, FileReader reader) implements DiskFile {

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      return reader.read(into, position);
    }

    @Override
    public void write(ByteBuffer from, long position) {
      throw new ReadOnlyFileSystemException();
    }

    @Override
    public void force() {
      throw new ReadOnlyFileSystemException();
    }

    @Override
    public long size() throws IOException {
      return Files.size(path);
    }

    @Override
    public void truncate(long size) {
      throw new ReadOnlyFileSystemException();
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }
}
