package io.github.skywalker.examples.journey;

import java.io.IOException;
import java.nio.file.Path;
import org.fusesource.leveldbjni.JniDBFactory;
import org.iq80.leveldb.CompressionType;
import org.iq80.leveldb.DB;
import org.iq80.leveldb.DBFactory;
import org.iq80.leveldb.Options;
import org.iq80.leveldb.ReadOptions;
import org.iq80.leveldb.impl.Iq80DBFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The two LevelDBs: the native one where it loads, else the one in Java. They share their files.
 */
enum Engine {
  NATIVE {
    @Override
    DBFactory factory() {
      return JniDBFactory.factory;
    }
  },
  JAVA {
    @Override
    DBFactory factory() {
      return Iq80DBFactory.factory;
    }
  };

  /** What may be in memory and in LevelDB's own log, but in no table; there are up to two of it. */
  static final int WRITE_BUFFER_BYTES = 4 << 20;

  private static final Logger log = LoggerFactory.getLogger(Engine.class);

  abstract DBFactory factory();

  /** Opens a database, and makes it if it is not there. */
  DB open(Path directory) throws IOException {
    Options options =
        new Options()
            .createIfMissing(true)
            .verifyChecksums(true)
            .compressionType(CompressionType.NONE)
            .writeBufferSize(WRITE_BUFFER_BYTES)
            .cacheSize(16L << 20)
            .maxOpenFiles(200);
    return factory().open(directory.toFile(), options);
  }

  /** For reading: checks the blocks that are read. */
  static ReadOptions verified() {
    return new ReadOptions().verifyChecksums(true);
  }

  /** The better one that works here. */
  static Engine best() {
    try {
      NATIVE.factory();
      return NATIVE;
    } catch (LinkageError noLibrary) {
      log.info("No native LevelDB for this system ({}); using the one in Java", reason(noLibrary));
      return JAVA;
    }
  }

  private static String reason(Throwable thrown) {
    String message = thrown.getMessage();
    return message == null ? thrown.getClass().getSimpleName() : message.lines().findFirst().get();
  }
}
