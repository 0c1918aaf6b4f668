package io.github.skywalker.examples.benchmark;

import java.io.PrintStream;

/** Measures SOFAJRaft, told how by "benchmark table". */
final class JRaftWorker {

  private JRaftWorker() {}

  public static void main(String[] arguments) throws Exception {
    PrintStream answers = System.out;
    System.setOut(System.err); // What the peer prints is no answer.
    Worker.serve(new JRaftSystem(), System.in, answers);
    System.exit(0); // Some of the peer's threads would keep the process alive.
  }
}
