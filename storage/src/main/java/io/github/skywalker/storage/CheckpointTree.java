package io.github.skywalker.storage;

import io.github.skywalker.storage.CheckpointManifest.Item;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** The files of one checkpoint's directory: looked through, summed, synced and deleted. */
final class CheckpointTree {

  private static final int PIECE_BYTES = 64 << 10;

  private CheckpointTree() {}

  /** Brings everything in it to the disk, and says what that is. */
  static List<Item> sync(Disk disk, Path directory) throws IOException {
    List<Item> items = new ArrayList<>();
    sync(disk, directory, "", 1, items);
    return items;
  }

  private static void sync(Disk disk, Path directory, String prefix, int depth, List<Item> into)
      throws IOException {
    if (depth > CheckpointManifest.MAX_DEPTH) {
      throw new IOException(directory + " lies too deep for a checkpoint");
    }
    for (String name : disk.list(directory)) {
      Path path = directory.resolve(name);
      switch (disk.kind(path)) {
        case DIRECTORY -> sync(disk, path, prefix + name + "/", depth + 1, into);
        case FILE -> into.add(sum(disk, path, prefix + name, true));
        default -> throw new IOException(path + " is no plain file");
      }
      if (into.size() > CheckpointManifest.MAX_FILES) {
        throw new IOException(
            "A checkpoint has at most " + CheckpointManifest.MAX_FILES + " files");
      }
    }
    disk.syncDirectory(directory);
  }

  /** What a file holds; perhaps synced before that is said. */
  static Item sum(Disk disk, Path path, String name, boolean sync) throws IOException {
    CRC32C crc = new CRC32C();
    ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
    long size = 0;
    try (Disk.DiskFile file = disk.open(path)) {
      if (sync) {
        file.force();
      }
      while (file.read(piece.clear(), size) > 0) {
        size += piece.flip().remaining();
        crc.update(piece);
      }
    }
    try {
      return new Item(name, size, (int) crc.getValue());
    } catch (IllegalArgumentException wrong) {
      throw new IOException(path + " cannot be in a checkpoint: " + wrong.getMessage(), wrong);
    }
  }

  /** Checks that a file is there, and holds what it should. */
  static void verify(Disk disk, Path directory, Item item) throws IOException {
    Path path = directory.resolve(item.name());
    if (!isPlain(disk, directory, item.name())) {
      throw new DamagedException(path + " is not there, or no plain file");
    }
    Item found = sum(disk, path, item.name(), false);
    if (!found.equals(item)) {
      throw new DamagedException(
          path + " has " + found.size() + " bytes, of " + item.size() + ", or a wrong checksum");
    }
  }

  /** Whether a plain file is there, without a link on the way to it. */
  static boolean isPlain(Disk disk, Path directory, String name) throws IOException {
    Path path = directory;
    String[] parts = name.split("/", -1);
    for (int i = 0; i < parts.length; i++) {
      path = path.resolve(parts[i]);
      Disk.Kind wanted = i == parts.length - 1 ? Disk.Kind.FILE : Disk.Kind.DIRECTORY;
      if (disk.kind(path) != wanted) {
        return false;
      }
    }
    return true;
  }

  /** Deletes a directory and all in it; a link goes, and not what it leads to. */
  static void delete(Disk disk, Path directory) throws IOException {
    if (disk.kind(directory) == Disk.Kind.DIRECTORY) {
      for (String name : disk.list(directory)) {
        delete(disk, directory.resolve(name));
      }
    }
    disk.delete(directory);
  }
}
