package io.github.skywalker.storage;

import org.fusesource.leveldbjni.JniDBFactory;
import org.iq80.leveldb.DBFactory;
import org.iq80.leveldb.impl.Iq80DBFactory;

/** The two LevelDBs that an index may be kept in. */
enum LevelDb {
  NATIVE(JniDBFactory.factory),
  IN_JAVA(Iq80DBFactory.factory);

  @SuppressWarnings("ImmutableEnumChecker") // They have no state.
  final DBFactory factory;

  LevelDb(DBFactory factory) {
    this.factory = factory;
  }
}
