package io.github.skywalker.storage;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** What a file holds: bytes that grow, in pages that several images may share until one changes. */
final class DiskImage {
  static final int PAGE_BYTES = 4096;

  private static final byte[] BLANK = new byte[PAGE_BYTES];

  private byte[][] pages = new byte[0][];
  private boolean[] own = new boolean[0];
  private int size;

  void write(long position, byte[] from, int offset, int length) {
    int end = Math.toIntExact(position + length);
    reach(end);
    int at = (int) position;
    while (at < end) {
      int inPage = at % PAGE_BYTES;
      int many = Math.min(PAGE_BYTES - inPage, end - at);
      int begin = offset + at - (int) position;
      byte[] old = pages[at / PAGE_BYTES];
      if (!Arrays.equals(old, inPage, inPage + many, from, begin, begin + many)) {
        System.arraycopy(from, begin, owned(at / PAGE_BYTES), inPage, many);
      }
      at += many;
    }
    size = Math.max(size, end);
  }

  private void reach(int end) {
    int needed = (end + PAGE_BYTES - 1) / PAGE_BYTES;
    int before = pages.length;
    if (needed > before) {
      pages = Arrays.copyOf(pages, Math.max(needed, before + before / 2));
      own = Arrays.copyOf(own, pages.length);
      Arrays.fill(pages, before, pages.length, BLANK);
    }
  }

  private byte[] owned(int page) {
    if (!own[page]) {
      pages[page] = pages[page].clone();
      own[page] = true;
    }
    return pages[page];
  }

  void flip(long position, int bit) {
    if (position < size) {
      owned((int) position / PAGE_BYTES)[(int) position % PAGE_BYTES] ^= (byte) (1 << bit);
    }
  }

  /** Reads into a buffer; beyond the end there is nothing. */
  void read(long position, ByteBuffer into, int length) {
    int at = (int) position;
    int end = Math.min(size, at + length);
    while (at < end) {
      int inPage = at % PAGE_BYTES;
      int many = Math.min(PAGE_BYTES - inPage, end - at);
      into.put(pages[at / PAGE_BYTES], inPage, many);
      at += many;
    }
  }

  int size() {
    return size;
  }

  void cut(long to) {
    if (to < size) {
      int inPage = (int) (to % PAGE_BYTES);
      int page = (int) (to / PAGE_BYTES);
      if (inPage > 0) {
        Arrays.fill(owned(page++), inPage, PAGE_BYTES, (byte) 0);
      }
      for (; page < pages.length; page++) {
        pages[page] = BLANK;
        own[page] = false;
      }
      size = (int) to;
    }
  }

  /** Becomes the same as another one, and shares its pages. */
  void become(DiskImage other) {
    pages = other.pages.clone();
    own = new boolean[pages.length];
    Arrays.fill(other.own, false);
    size = other.size;
  }

  void become(byte[] bytes) {
    pages = new byte[0][];
    own = new boolean[0];
    size = 0;
    write(0, bytes, 0, bytes.length);
  }

  byte[] toArray() {
    ByteBuffer bytes = ByteBuffer.allocate(size);
    read(0, bytes, size);
    return bytes.array();
  }
}
