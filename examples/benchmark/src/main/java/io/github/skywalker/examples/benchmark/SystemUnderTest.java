package io.github.skywalker.examples.benchmark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Something that replicates, and can be measured. */
interface SystemUnderTest {

  /** Its name in the results. */
  String name();

  /**
   * Starts three replicas.
   *
   * @param directory empty; the caller deletes it afterwards
   * @return one seat for each place at which load can be put on; the caller's to close
   */
  List<Seat> start(Workload work, Path directory) throws IOException;
}
