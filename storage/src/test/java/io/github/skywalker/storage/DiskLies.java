package io.github.skywalker.storage;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What a disk does wrong without saying so. */
public interface DiskLies {

  /** Where a write goes, and how much of it; what was meant, if all is well. */
  default Place written(Place meant) {
    return meant;
  }

  /** Where one page of what is read comes from instead; null if all is well. */
  default @Nullable Misread read(Place meant) {
    return null;
  }

  /** Some bytes of a file. */
  record Place(Path file, long position, int length) {}

  /**
   * A page that is not read as it is.
   *
   * @param position of the page
   * @param from what is read instead; null for what was there some time ago
   */
  record Misread(long position, @Nullable Place from) {}
}
