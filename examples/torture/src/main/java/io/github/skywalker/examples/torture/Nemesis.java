package io.github.skywalker.examples.torture;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * What goes wrong, and when: drawn from a seed. One thing after another, on the caller's thread.
 */
final class Nemesis {

  private final Plan plan;
  private final Cluster cluster;
  private final Workload workload;
  private final Members members;
  private final Care care;
  private final Findings findings;
  private final Damage damage;
  private final Random random;
  private final List<Fault> bag = new ArrayList<>();
  private volatile String now = "nothing";

  Nemesis(
      Plan plan,
      Cluster cluster,
      Workload workload,
      Members members,
      Care care,
      Findings findings) {
    this.plan = plan;
    this.cluster = cluster;
    this.workload = workload;
    this.members = members;
    this.care = care;
    this.findings = findings;
    this.random = new Random(plan.seed());
    this.damage = new Damage(plan, cluster, members, care, findings, random);
    for (Fault fault : plan.faults().isEmpty() ? List.of(Fault.values()) : plan.faults()) {
      if (cluster.canHave(fault)) {
        bag.addAll(Collections.nCopies(fault.weight(), fault));
      } else {
        findings.note("not run: " + fault.words());
      }
    }
  }

  /** What goes wrong now. */
  String now() {
    return now;
  }

  /** Goes on until a moment of {@link System#nanoTime}. */
  void run(long untilNanos) throws IOException, InterruptedException {
    while (System.nanoTime() < untilNanos) {
      Fault fault = bag.get(random.nextInt(bag.size()));
      now = fault.words();
      boolean slowLinks = random.nextInt(4) == 0;
      if (slowLinks) {
        everyWay(new Way(false, 5, 20, 0, 0, 0));
      }
      play(fault);
      findings.happened(fault);
      now = "nothing";
      cluster.proxy.clear();
      cluster.lookForDead();
      sleep(500, 3000);
    }
  }

  private void play(Fault fault) throws IOException, InterruptedException {
    switch (fault) {
      case KILL_ONE -> killAndRevive(some(1));
      case KILL_MINORITY -> killAndRevive(some(minority()));
      case KILL_MASTER -> killAndRevive(List.of(master()));
      case KILL_ALL -> killAndRevive(some(cluster.nodes().size()));
      case KILL_LOOP -> killLoop(any());
      case PAUSE_SHORT -> pause(any(), 0.1, 0.8);
      case PAUSE_LONG -> pause(any(), 1.2, 4);
      case PAUSE_MASTER -> pause(master(), 0.8, 4);
      case ISOLATE_ONE -> isolate(any());
      case ISOLATE_MASTER -> isolate(master());
      case HALVES -> split(0);
      case BRIDGE -> split(1);
      case ONE_WAY -> oneWay(random.nextBoolean() ? any() : master());
      case SILENCE -> spoilWays(Way.BLOCKED, 300, 4 * plan.leaseMillis());
      case DELAYS -> spoilWays(new Way(false, random.nextInt(100), 200, 0, 0, 0), 1000, 5000);
      case CUTS -> cuts();
      case GARBLED -> spoilWays(new Way(false, 0, 10, 20_000, 20_000, 2_000), 1000, 5000);
      case FULL_DISK -> fullDisk(any());
      case SYNC_ERROR -> diskErrors(any(), true);
      case WRITE_ERROR -> diskErrors(any(), false);
      case SLOW_DISKS -> slowDisks(10, 200, false);
      case POWER_CUT -> slowDisks(20, 400, true);
      case FLIPPED_BIT, CUT_FILE, DELETED_FILE, SWAPPED_FILE -> damage.strike(fault, any());
      case LEAVE_AND_RETURN -> leaveAndReturn(any());
      case REPLACE -> damage.replace(any());
      case RETIRE -> members.retire(random.nextInt(plan.groups()));
    }
  }

  /* Who. */

  private List<Integer> nodes() {
    return new ArrayList<>(cluster.nodes());
  }

  private int any() {
    return nodes().get(random.nextInt(nodes().size()));
  }

  private List<Integer> some(int count) {
    List<Integer> all = nodes();
    Collections.shuffle(all, random);
    return all.subList(0, Math.min(count, all.size()));
  }

  private int minority() {
    return Math.max(1, (nodes().size() - 1) / 2);
  }

  private int master() {
    int master = members.master(random.nextInt(plan.groups()));
    return master == 0 ? any() : master;
  }

  private void sleep(int leastMillis, int mostMillis) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(
        leastMillis + random.nextInt(Math.max(1, mostMillis - leastMillis)));
  }

  /* Processes. */

  private void killAndRevive(List<Integer> victims) throws IOException, InterruptedException {
    care.kill(victims);
    reviveInTurn(victims);
  }

  /** Not all at once: what one has lost, the others must do without for a while. */
  private void reviveInTurn(List<Integer> dead) throws IOException, InterruptedException {
    List<Integer> order = new ArrayList<>(dead);
    Collections.shuffle(order, random);
    for (int node : order) {
      sleep(0, 1500);
      care.start(node);
    }
    care.revive(order);
  }

  private void killLoop(int node) throws IOException, InterruptedException {
    int kills = 3 + random.nextInt(6);
    for (int i = 0; i < kills; i++) {
      care.kill(List.of(node));
      care.start(node);
      sleep(100, 2000);
    }
    care.revive(List.of(node));
  }

  private void pause(int node, double leastLeases, double mostLeases)
      throws IOException, InterruptedException {
    cluster.process(node).signal("STOP");
    sleep((int) (leastLeases * plan.leaseMillis()), (int) (mostLeases * plan.leaseMillis()));
    cluster.process(node).signal("CONT");
  }

  /* The ways between them. */

  private void everyWay(Way way) {
    for (int from : nodes()) {
      for (int to : nodes()) {
        if (from != to) {
          cluster.proxy.set(from, to, way);
        }
      }
    }
  }

  private void spoilWays(Way way, int leastMillis, int mostMillis) throws InterruptedException {
    everyWay(way);
    sleep(leastMillis, mostMillis);
  }

  /** For up to six leases; now and then with the connections reset when it has passed. */
  private void waitAndMend() throws InterruptedException {
    sleep(plan.leaseMillis(), 6 * plan.leaseMillis());
    if (random.nextBoolean()) {
      for (int from : nodes()) {
        for (int to : nodes()) {
          cluster.proxy.reset(from, to);
        }
      }
    }
    cluster.proxy.clear();
  }

  private void block(int one, int other) {
    cluster.proxy.set(one, other, Way.BLOCKED);
    cluster.proxy.set(other, one, Way.BLOCKED);
  }

  private void isolate(int node) throws InterruptedException {
    nodes().stream().filter(other -> other != node).forEach(other -> block(node, other));
    waitAndMend();
  }

  private void split(int bridges) throws InterruptedException {
    List<Integer> order = some(nodes().size());
    int half = (order.size() - bridges) / 2;
    for (int one : order.subList(0, half)) {
      for (int other : order.subList(half, order.size() - bridges)) {
        block(one, other);
      }
    }
    waitAndMend();
  }

  private void oneWay(int node) throws InterruptedException {
    boolean mute = random.nextBoolean();
    for (int other : nodes()) {
      if (other != node) {
        cluster.proxy.set(mute ? node : other, mute ? other : node, Way.BLOCKED);
      }
    }
    waitAndMend();
  }

  private void cuts() throws InterruptedException {
    everyWay(new Way(false, 0, 5, 0, 0, 5_000));
    int times = 2 + random.nextInt(6);
    for (int i = 0; i < times; i++) {
      sleep(50, 1000);
      cluster.proxy.reset(any(), any());
    }
  }

  /* Disks. */

  private void fullDisk(int node) throws IOException, InterruptedException {
    workload.setHeavy(true);
    if (cluster.mount(node).isPresent()) {
      cluster.mount(node).get().fill(random.nextBoolean() ? 0 : random.nextInt(12 << 20));
    } else {
      cluster.control(node).orElseThrow().noSpace(true);
    }
    sleep(4000, 8000);
    workload.setHeavy(false);
    if (cluster.mount(node).isPresent()) {
      cluster.mount(node).get().free();
    } else {
      cluster.control(node).orElseThrow().noSpace(false);
    }
    cluster.lookForDead();
    care.restartHalted();
  }

  private void diskErrors(int node, boolean onSync) throws IOException, InterruptedException {
    Shim.Control control = cluster.control(node).orElseThrow();
    if (onSync) {
      control.failSyncs(true);
    } else {
      control.failWrites(true);
    }
    sleep(100, 3000);
    control.heal();
    sleep(0, 3000);
    cluster.lookForDead();
    care.restartHalted();
  }

  private void slowDisks(int leastMillis, int mostMillis, boolean thenKill)
      throws IOException, InterruptedException {
    for (int node : nodes()) {
      int millis = leastMillis + random.nextInt(mostMillis - leastMillis);
      cluster.control(node).orElseThrow().slowSyncs(millis);
    }
    sleep(1000, 3000);
    List<Integer> victims = thenKill ? some(nodes().size()) : List.of();
    care.kill(victims);
    for (int node : nodes()) {
      cluster.control(node).orElseThrow().slowSyncs(0);
    }
    reviveInTurn(victims);
  }

  /* Members. */

  private void leaveAndReturn(int node) throws InterruptedException {
    if (nodes().size() < 3) {
      return;
    }
    int millis = 20 * plan.leaseMillis();
    String left = members.change(node, 0, millis);
    sleep(500, 3000);
    String returned = members.change(0, node, millis);
    if (!left.isEmpty() || !returned.isEmpty()) {
      findings.note("node " + node + " leaving and returning: " + left + "; " + returned);
    }
  }
}
