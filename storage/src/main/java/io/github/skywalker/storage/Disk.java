package io.github.skywalker.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * The few operations of a file system that the log and the node's metadata need, so that the
 * simulator can put a virtual disk in its place. What is created, renamed or deleted is durable
 * only after {@link #syncDirectory} of the directory that holds it.
 */
public interface Disk {

  /**
   * Whole pages, from a buffer outside the heap that begins as a page does, may go to the disk
   * without a copy in the system's cache: writing them costs less then.
   */
  int PAGE_BYTES = 4096;

  /** Opens a file for reading and writing, and creates it if it is not there. */
  DiskFile open(Path file) throws IOException;

  /** Whether a file or directory is there. */
  boolean exists(Path path) throws IOException;

  /** What lies under a name. */
  enum Kind {
    /** Nothing. */
    NOTHING,
    /** A plain file. */
    FILE,
    /** A directory. */
    DIRECTORY,
    /** Anything else: a link, which may lead anywhere, or a device. */
    OTHER
  }

  /** What lies under a name; a link is not followed. */
  Kind kind(Path path) throws IOException;

  /** The names in a directory, sorted. */
  List<String> list(Path directory) throws IOException;

  /** Creates a directory and what is missing above it. */
  void createDirectories(Path directory) throws IOException;

  /**
   * Puts a file in the place of another, which need not exist, in one step; or gives a directory a
   * name under which nothing is.
   */
  void rename(Path from, Path to) throws IOException;

  /** Deletes a file, or an empty directory. */
  void delete(Path file) throws IOException;

  /** Makes durable what was created, renamed or deleted in a directory. */
  void syncDirectory(Path directory) throws IOException;

  /** How many bytes can still be written. */
  long usableBytes(Path directory) throws IOException;

  /**
   * Keeps other processes out.
   *
   * @throws IOException if another one holds the lock; the message says so, and names the file
   */
  Closeable lock(Path file) throws IOException;

  /** An open file. Reading may be done by any thread, everything else by one. */
  interface DiskFile extends Closeable {

    /** Reads as much as the buffer takes or the file has; returns the count, 0 at its end. */
    int read(ByteBuffer into, long position) throws IOException;

    /** Writes all of the buffer; durable only after {@link #force}. */
    void write(ByteBuffer from, long position) throws IOException;

    /** Makes durable what was written, and the size of the file where that has grown. */
    void force() throws IOException;

    /** The size in bytes. */
    long size() throws IOException;

    /** Cuts the file, or nothing if it is not longer than that. */
    void truncate(long size) throws IOException;
  }
}
