package io.github.skywalker.paxos.core;

import io.github.skywalker.api.GroupReport.Phase;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Entry;
import io.github.skywalker.machine.GroupImage;
import io.github.skywalker.machine.GroupState;
import io.github.skywalker.machine.GroupState.Verdict;
import io.github.skywalker.machine.Tickets;
import io.github.skywalker.machine.Value;
import io.github.skywalker.util.Invariant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One group on one node: the whole protocol as a function of events and time.
 *
 * <p>{@link #step} takes what has happened and returns what is to be done; nothing else goes in or
 * out, so that the same code runs in production and under the simulator. A replica belongs to one
 * thread; the {@link Grants} that it shares with the node's other groups have their own lock.
 *
 * <p>The roles of the paper are {@link Proposer}, {@link Acceptor} and {@link Learner}. {@link
 * Inbound} says which of them a message concerns.
 */
public final class Replica {

  /**
   * What a replica is told about itself.
   *
   * @param self the node's id
   * @param boot the node's boot count
   * @param election whether the group elects a master
   * @param windowInstances how many instances above {@code chosenUpTo} may be open
   * @param maxValueBytes the most bytes of entries in one value, unless a single entry has more
   * @param retryNanos after this time something unanswered is sent again
   * @param maxElectionDelayNanos the longest random delay before contending
   * @param leaseNanos for the master entry
   * @param tailShare how many bytes of chosen values the node lets the group keep for those who lag
   *     a little; asked for each value, since the groups share it
   * @param seed of the random delays
   */
  public record Options(
      int self,
      int boot,
      boolean election,
      int windowInstances,
      int maxValueBytes,
      long retryNanos,
      long maxElectionDelayNanos,
      long leaseNanos,
      LongSupplier tailShare,
      long seed) {}

  /** Two windows: who is behind by no more than a window can be served from memory. */
  static final int TAIL_WINDOWS = 2;

  private final Options options;
  private final GroupState state;
  private final Instances instances;
  private final Outbox out;
  private final Lease lease;
  private final Acceptor acceptor;
  private final Learner learner;
  private final Origin origin;
  private final Intake intake;
  private final Reads reads;
  private final Changes changes;
  private final Releases releases;
  private final Proposer proposer;
  private final Forwarding forwarding;
  private final Inbound inbound;

  private long now;

  /** Why it only learns; null if it votes, or will vote when it has learned what it lost. */
  private @Nullable String damage;

  /** It lost some of what is known chosen up to here, and learns that first; 0 if it lost none. */
  private long lostUpTo;

  /** Why nothing goes on here; null as long as it does. */
  private @Nullable String haltReason;

  /** How what comes afterwards ends. */
  private Status lastStatus = Status.STOPPED;

  /**
   * Makes a replica as the log left it; {@link #replayChosen} and {@link #replayVote} follow, then
   * steps.
   *
   * @param promised the promise on disk; {@link Ballot#ZERO} if there is none
   * @param founding the founding membership; empty of members on a node that joins
   * @param grants of the node
   * @param contenders of the node
   */
  public Replica(
      Options options, Ballot promised, Membership founding, Grants grants, Contenders contenders) {
    this.options = options;
    int self = options.self();
    int boot = options.boot();
    long retry = options.retryNanos();
    this.state = new GroupState(founding);
    this.instances =
        new Instances(0, TAIL_WINDOWS * options.windowInstances(), options.tailShare());
    this.out = new Outbox(self);
    Voters voters = new Voters(founding);
    this.lease = new Lease(self, grants, voters);
    this.acceptor =
        new Acceptor(self, options.election(), promised, grants, state, instances, lease, out);
    this.learner = new Learner(self, retry, grants, state, instances, out, execution);
    this.origin = new Origin(self, boot, out);
    this.intake = new Intake(origin, state.origins(), options.maxValueBytes());
    this.reads = new Reads(self, boot, retry, voters, out);
    this.changes = new Changes(self, boot, retry, state, out);
    this.releases = new Releases(retry, out);
    Contention contention =
        new Contention(options, promised, state, instances, learner, contenders);
    this.proposer =
        new Proposer(
            options,
            state,
            instances,
            acceptor,
            learner,
            lease,
            contention,
            releases,
            intake,
            reads,
            changes,
            out);
    this.forwarding = new Forwarding(retry, origin, out);
    this.inbound =
        new Inbound(
            self,
            boot,
            state,
            instances,
            acceptor,
            learner,
            contention,
            proposer,
            intake,
            reads,
            changes,
            lease,
            forwarding,
            out);
  }

  /* Before the first step. */

  /**
   * Begins with a checkpoint, before anything of the log.
   *
   * @return the outcomes, for the user's machines
   */
  public List<Outcome> replayCheckpoint(GroupImage image) {
    cover(image);
    return out.take().outcomes;
  }

  /**
   * Executes again what is known chosen from the log, in order.
   *
   * @return the outcomes, for the user's machines
   */
  public List<Outcome> replayChosen(long instance, Value value) {
    instances.choose(instance, value);
    execute(instance, value);
    return out.take().outcomes;
  }

  /** Puts back a vote of which it is not known whether it was for what is chosen. */
  public void replayVote(long instance, Ballot ballot, Value value) {
    instances.accept(instance, ballot, value);
  }

  /**
   * The log may lack what was promised or voted for here: this node only learns in the group. It
   * neither promises nor votes nor leads, so that nothing is ever voted over; and it writes no
   * promise, since a higher one may be on disk and be found again.
   *
   * @param why what is wrong with the log
   */
  public void learnOnly(String why) {
    damage = why;
    acceptor.silence();
  }

  /**
   * The log lacks values, all of them at instances that were known chosen here: this node only
   * learns in the group, as above, until it knows them again. The promise, and the votes above, are
   * all there.
   *
   * @param upTo everything up to this instance was known chosen
   */
  public void learnAgain(long upTo) {
    Invariant.check(
        upTo > instances.chosenUpTo(),
        "Nothing was lost up to %d, all up to %d is there",
        upTo,
        instances.chosenUpTo());
    lostUpTo = upTo;
    acceptor.silence();
  }

  private void learnedAgain() {
    lostUpTo = 0;
    if (damage == null) {
      acceptor.speak();
    }
  }

  /* The step. */

  /**
   * Takes an event.
   *
   * @param nowNanos the time by the node's clock; never less than in the step before
   * @return what is to be done now; the caller's own
   */
  public Ready step(Event event, long nowNanos) {
    now = nowNanos;
    try {
      event.to(events);
      settle();
      return out.take();
    } catch (Invariant.Breach breach) {
      // Nothing is said or written any more; but what was decided before is, and has its answers.
      List<Outcome> decided = out.take().outcomes;
      halt("a rule of the protocol is broken: " + breach.getMessage());
      Ready last = out.take();
      last.outcomes.addAll(0, decided);
      return last;
    }
  }

  /** What every event may have made possible: to contend, to propose, to ask, to say. */
  private void settle() {
    if (haltReason != null) {
      return;
    }
    if (lostUpTo > 0 && instances.chosenUpTo() >= lostUpTo) {
      learnedAgain();
    }
    proposer.consider(!origin.isEmpty() || reads.isWaiting() || changes.isWaiting(), now);
    reads.pump(lease, readIndex(), leading().node(), proposer.mayLead(), now);
    proposer.pump(now);
    Ballot leading = leading();
    if (forwarding.follow(leading)) {
      reads.reroute();
      changes.reroute();
      reads.pump(lease, readIndex(), leading.node(), proposer.mayLead(), now);
    }
    forwarding.pump(leading, options.self(), now);
    changes.pump(leading, now);
  }

  /** The ballot of whoever leads, as far as this node knows: proposals are sent there. */
  private Ballot leading() {
    return forwarding.leading(acceptor);
  }

  private long readIndex() {
    Phase2 present = proposer.phase2();
    return present == null ? instances.chosenUpTo() : present.readIndex();
  }

  /** When {@link Event.Tick} is wanted; {@link Grants#NEVER} if no time has to pass. */
  public long nextDeadline() {
    if (haltReason != null) {
      return releases.deadline();
    }
    long next = Math.min(proposer.deadline(), learner.deadline());
    next = Math.min(next, Math.min(releases.deadline(), origin.deadline()));
    next = Math.min(next, Math.min(reads.deadline(), changes.deadline()));
    return Math.min(next, forwarding.deadline());
  }

  /* Execution: the built-in machines run in the step that decides. */

  private final Learner.Execution execution =
      new Learner.Execution() {
        @Override
        public void execute(long instance, Value value) {
          Replica.this.execute(instance, value);
        }

        @Override
        public void founded() {
          acceptor.keepPromise();
          proposer.membershipChanged(now);
          out.tell(new Outcome.MembershipChanged(state.membership()));
        }
      };

  private void execute(long instance, Value value) {
    Membership before = state.membership();
    Ballot masterBefore = state.masterBallot();
    List<Verdict> verdicts = state.execute(instance, value);
    out.tell(new Outcome.Decided(instance, value, verdicts, tickets(value, verdicts)));
    if (value.kind() == Value.Kind.CHANGE) {
      boolean tookEffect = before.version() != state.membership().version();
      proposer.membershipChanged(now);
      changes.executed(instance, value.change(), tookEffect);
      if (tookEffect) {
        out.tell(new Outcome.MembershipChanged(state.membership()));
      }
    } else if (!state.masterBallot().equals(masterBefore)) {
      forwarding.proposes(state.masterBallot());
      out.tell(new Outcome.MasterChanged());
    }
  }

  private Tickets tickets(Value value, List<Verdict> verdicts) {
    List<Entry> entries = value.entries();
    Tickets tickets = Tickets.NONE;
    boolean own = false;
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      if (entry.node() != options.self() || verdicts.get(i) == Verdict.PASS) {
        continue;
      }
      Object ticket = origin.executed(entry);
      if (ticket != null) {
        tickets = tickets == Tickets.NONE ? Tickets.of(entries.size()) : tickets;
        tickets.put(i, ticket);
      }
      own = true;
    }
    if (own) {
      forwarding.progressed(now);
    }
    return tickets;
  }

  /**
   * Takes a checkpoint in the place of what was executed. What was promised stays promised, and
   * votes above it stay; whoever waits for what it covers is answered.
   */
  private void install(GroupImage image) {
    if (haltReason != null || image.instance() <= instances.chosenUpTo()) {
      return;
    }
    proposer.superseded(now);
    cover(image);
    out.installed(image.instance());
    out.write(new Write.Covered(image.instance(), instances.chosenUpTo()));
    acceptor.keepPromise();
    origin.covered(state.origins().row(options.self()));
    forwarding.progressed(now);
    changes.covered();
    learner.covered(now);
  }

  private void cover(GroupImage image) {
    Membership membershipBefore = state.membership();
    Ballot masterBefore = state.masterBallot();
    state.become(image);
    instances.cover(image.instance());
    out.tell(new Outcome.Installed(image.instance()));
    if (!state.membership().equals(membershipBefore)) {
      proposer.membershipChanged(now);
      out.tell(new Outcome.MembershipChanged(state.membership()));
    }
    if (!state.masterBallot().equals(masterBefore)) {
      forwarding.proposes(state.masterBallot());
      out.tell(new Outcome.MasterChanged());
    }
  }

  /* The end. */

  private void halt(String reason) {
    if (haltReason == null) {
      end(Status.HALTED, reason);
      out.tell(new Outcome.Halted(reason));
    }
  }

  private void stop() {
    if (haltReason == null) {
      end(Status.STOPPED, "the group was closed");
    }
  }

  private void end(Status status, String reason) {
    haltReason = reason;
    lastStatus = status;
    proposer.stop(status == Status.HALTED, now);
    origin.end(status, reason);
    reads.stop(status, reason);
    changes.stop(status, reason);
  }

  private final Event.Handler events =
      new Event.Handler() {
        @Override
        public void received(Event.Received event) {
          if (haltReason == null) {
            inbound.take(event.from(), event.message(), now);
          } else if (event.message() instanceof Message.Released released) {
            releases.heard(event.from(), released.ballot());
          }
        }

        @Override
        public void tick(Event.Tick event) {
          releases.due(now);
          if (haltReason == null) {
            proposer.due(now);
            learner.due(now);
            origin.due(now);
            if (reads.due(now)) {
              proposer.reach();
            }
            changes.due(now);
            forwarding.due(now);
          }
        }

        @Override
        public void synced(Event.Synced event) {
          out.synced(event.serial());
          if (haltReason == null) {
            proposer.synced(now);
          }
        }

        @Override
        public void propose(Event.Propose event) {
          event.proposals().forEach(origin::propose);
          if (haltReason != null) {
            origin.end(lastStatus, haltReason);
          }
        }

        @Override
        public void read(Event.Read event) {
          reads.read(event);
          if (haltReason != null) {
            reads.stop(lastStatus, haltReason);
          }
        }

        @Override
        public void changeMembership(Event.ChangeMembership event) {
          changes.change(event);
          if (haltReason != null) {
            changes.stop(lastStatus, haltReason);
          }
        }

        @Override
        public void retire(Event.Retire event) {
          proposer.retire(event, now);
        }

        @Override
        public void grantsChanged(Event.GrantsChanged event) {
          if (haltReason == null) {
            proposer.confirmLease(now);
          }
        }

        @Override
        public void peerChosen(Event.PeerChosen event) {
          if (haltReason == null) {
            learner.votes(event.node(), event.votes());
            inbound.heard(event.node(), event.chosenUpTo(), now);
          }
        }

        @Override
        public void connected(Event.Connected event) {
          releases.connected(event.node(), now);
          if (haltReason == null) {
            learner.connected(now);
            Phase2 present = proposer.phase2();
            if (present != null) {
              present.greet(event.node());
            }
          }
        }

        @Override
        public void recalled(Event.Recalled event) {
          if (haltReason == null) {
            learner.recalled(event.first(), event.values(), now);
          }
        }

        @Override
        public void install(Event.Install event) {
          Replica.this.install(event.image());
        }

        @Override
        public void halt(Event.Halt event) {
          Replica.this.halt(event.reason());
        }

        @Override
        public void drop(Event.Drop event) {
          Replica.this.stop();
          out.write(new Write.Promised(acceptor.promised(), true, instances.chosenUpTo()));
        }

        @Override
        public void stop(Event.Stop event) {
          Replica.this.stop();
        }
      };

  /* What can be seen from outside. */

  /** The replicated state; not to be changed. */
  public GroupState state() {
    return state;
  }

  /** What the proposer does. */
  public Phase phase() {
    if (haltReason != null) {
      return Phase.HALTED;
    }
    return onlyLearns() ? Phase.LEARNING : proposer.phase();
  }

  /** Everything up to this instance is known chosen here. */
  public long chosenUpTo() {
    return instances.chosenUpTo();
  }

  /** The promised ballot. */
  public Ballot promised() {
    return acceptor.promised();
  }

  /** This node's lease, which any thread may ask. */
  public Lease lease() {
    return lease;
  }

  /** Whether this node is master: by the log, in its present ballot, with a live lease. */
  public boolean isMaster(long nowNanos) {
    return proposer.isPrepared()
        && state.masterBallot().equals(proposer.ballot())
        && lease.leftNanos(nowNanos) > 0;
  }

  /** The ballot in which this node is prepared; {@link Ballot#ZERO} if in none. */
  public Ballot prepared() {
    return haltReason == null && proposer.isPrepared() ? proposer.ballot() : Ballot.ZERO;
  }

  /** How many instances this node's proposer has open. */
  public int openInstances() {
    Phase2 present = proposer.phase2();
    return present == null ? 0 : present.openInstances();
  }

  /** How many proposals of this node wait to be executed. */
  public int pendingProposals() {
    return origin.size();
  }

  /** Which peers only learn, by their ids; never changed. */
  public Set<Integer> onlyLearning() {
    return learner.onlyLearning();
  }

  /** What the peers are known to know chosen, by node id; never changed. */
  public Map<Integer, Long> peers() {
    return learner.peers();
  }

  /** Whether it neither promises nor votes now. */
  public boolean onlyLearns() {
    return acceptor.isSilent();
  }

  /** Up to where it is to learn what it had known chosen, and lost; 0 if it lost nothing. */
  public long lostUpTo() {
    return lostUpTo;
  }

  /** No vote was ever given above this instance; {@link Long#MAX_VALUE} if votes may be lost. */
  public long votedUpTo() {
    return damage != null ? Long.MAX_VALUE : Math.max(instances.top(), lostUpTo);
  }

  /** Why it only learns for good; null if it votes, or will. */
  public @Nullable String damage() {
    return damage;
  }

  /** Why it halted, or was closed; null if it goes on. */
  public @Nullable String haltReason() {
    return haltReason;
  }
}
