package io.github.skywalker.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** The real file system, in which nothing is changed: whoever tries has a fault. */
final class ReadOnlyDisk implements Disk {

  private final FileDisk disk = new FileDisk();

  @Override
  public DiskFile open(Path file) throws IOException {
    return new OpenFile(FileChannel.open(file, StandardOpenOption.READ));
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

  private record OpenFile(FileChannel channel) implements DiskFile {

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      int start = into.position();
      while (into.hasRemaining() && channel.read(into, position + into.position() - start) >= 0) {}
      return into.position() - start;
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
      return channel.size();
    }

    @Override
    public void truncate(long size) {
      throw new ReadOnlyFileSystemException();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
