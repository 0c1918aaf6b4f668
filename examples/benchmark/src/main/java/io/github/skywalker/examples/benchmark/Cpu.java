package io.github.skywalker.examples.benchmark;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** Processor time of one thread; read by others when that has ended. */
final class Cpu {

  private static final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

  private long nanos;

  /** Called by the thread. */
  void begin() {
    nanos = -threads.getCurrentThreadCpuTime();
  }

  /** Called by the thread. */
  void end() {
    nanos += threads.getCurrentThreadCpuTime();
  }

  long nanos() {
    return nanos;
  }
}
