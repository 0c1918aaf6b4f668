package io.github.skywalker.examples.benchmark;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** Processor time of this process. */
final class ProcessCpu {

  private static final OperatingSystemMXBean system =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private long before = system.getProcessCpuTime();

  /** Since this was made, or since the last call. */
  long takeNanos() {
    long now = system.getProcessCpuTime();
    long nanos = now - before;
    before = now;
    return nanos;
  }
}
