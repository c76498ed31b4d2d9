package everything;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Durations;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.BlockingClientCall;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.openchatops.v1.*;

/** This process as one replica: it registers, takes deliveries, proves that it lives, leaves in order. */
final class Replica {
  private static final int SLOTS = 16; // callbacks that run at once
  private static final long SILENCE_SECONDS = 20; // two heartbeats of the bot
  private static final long HEARTBEAT_MILLIS = 10_000;
  private static final long GRACE_SECONDS = 20; // for what runs when it is told to leave
  /** Errors that another try does not mend. */
  private static final Set<Code> FINAL =
      EnumSet.of(Code.INVALID_ARGUMENT, Code.FAILED_PRECONDITION, Code.PERMISSION_DENIED, Code.UNAUTHENTICATED, Code.UNIMPLEMENTED);

  /** Only a person can mend this. */
  static final class GaveUp extends Exception {
    GaveUp(StatusException why) {
      super("the bot refuses this handler: " + told(why), why);
    }
  }

  private final String name = "java-" + ProcessHandle.current().pid() + "-" + ThreadLocalRandom.current().nextInt(1 << 30);
  private final Bot bot;
  private final Everything handler;
  private final Semaphore wake = new Semaphore(0); // ends a pause of stay
  private final Semaphore slots = new Semaphore(SLOTS);
  private final ExecutorService work = Executors.newCachedThreadPool();
  private final Map<String, Call> held = new ConcurrentHashMap<>(); // by lease, until the bot has judged how it ended
  private volatile BlockingClientCall<?, SubscribeResponse> stream;
  private volatile boolean leaving;
  private volatile Map<String, Call.Callback> callbacks = Map.of();
  private int refusals; // of the key, in a row

  Replica(Bot bot, Everything handler) {
    this.bot = bot;
    this.handler = handler;
  }

  /** Takes deliveries until it is told to leave, finishes what runs, and returns. */
  void run() throws GaveUp, InterruptedException {
    Thread heart = new Thread(this::beat, "heartbeats");
    heart.setDaemon(true);
    heart.start();
    stay();
    work.shutdown();
    if (!work.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) {
      held.values().forEach(Call::stop);
      if (!work.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) {
        log("callbacks do not end though they were told to; their deliveries end unknown");
      }
    }
  }

  /**
   * Tells it to take nothing more. A frame that the bot has sent counts as started, so the stream
   * is not just closed: the bot ends it behind the last one, and what still comes is released.
   */
  void leave() {
    leaving = true;
    wake.release();
    BlockingClientCall<?, SubscribeResponse> open = stream;
    if (open == null) {
      return;
    }
    try {
      bot.deliveries().leave(LeaveRequest.newBuilder().setReplica(name).build());
    } catch (StatusException e) {
      log("the bot does not end the stream: " + told(e));
      open.cancel("leaving", e);
    }
  }

  /** Keeps a stream open, and registers whenever the bot does not know this replica. */
  private void stay() throws GaveUp, InterruptedException {
    boolean known = false;
    for (int failures = 0; !leaving; failures++) {
      try {
        if (!known) {
          register();
          known = true;
        }
        stream = bot.stream().subscribe(SubscribeRequest.newBuilder().setReplica(name).setMaxInFlight(SLOTS).build());
        SubscribeResponse response;
        while ((response = stream.read(SILENCE_SECONDS, TimeUnit.SECONDS)) != null) {
          failures = 0;
          response.getFramesList().forEach(this::frame);
        }
      } catch (TimeoutException e) {
        log("nothing was heard of the bot for " + SILENCE_SECONDS + " s, trying again");
        stream.cancel("silence", e);
      } catch (StatusException e) {
        if (forgotten(e)) {
          known = false;
          failures = 0;
        }
        if (FINAL.contains(e.getStatus().getCode()) && (e.getStatus().getCode() != Code.UNAUTHENTICATED || ++refusals == 3)) {
          throw new GaveUp(e);
        }
        log("trying again: " + told(e));
      } finally {
        stream = null;
      }
      bot.channel.resetConnectBackoff();
      wake.tryAcquire(pause(failures), TimeUnit.MILLISECONDS);
      wake.drainPermits();
    }
  }

  private void register() throws StatusException {
    RegisterRequest request = RegisterRequest.newBuilder().setReplica(name).setManifest(handler.manifest()).build();
    RegisterResponse answer = bot.registration().register(request);
    Map<String, Call.Callback> routes = new HashMap<>();
    for (int i = 0; i < answer.getRoutesCount(); i++) { // in the order of the manifest
      RouteResult route = answer.getRoutes(i);
      if (route.hasError()) {
        log("the bot does not take the route " + route.getRoute() + ": " + route.getError().getMessage());
      }
      routes.put(route.getRoute(), handler.callbacks().get(i));
    }
    callbacks = routes;
    refusals = 0;
  }

  private void frame(Frame frame) {
    switch (frame.getKindCase()) {
      case READY -> {
        if (leaving) {
          leave(); // it was told to before there was a stream
        }
        heartbeat(); // what it holds from before goes on
      }
      case DELIVERY -> take(frame.getDelivery());
      case CANCEL -> held.values().stream().filter(call -> call.of(frame.getCancel().getDeliveryId())).forEach(Call::stop);
      default -> { } // a heartbeat, or Drain: the stream ends with the bot
    }
  }

  /** Starts a delivery, or gives it back: nothing waits here. */
  private void take(Delivery delivery) {
    Call call = new Call(this, bot, delivery);
    held.put(delivery.getLeaseId(), call);
    boolean starts = !leaving && slots.tryAcquire();
    work.execute(() -> {
      try {
        if (starts) {
          Completion.Builder how = call.run(callbacks.get(delivery.getRoute()));
          slots.release(); // before the bot knows, which may send the next one at once
          call.end(how);
        } else {
          call.release();
        }
      } catch (StatusException | InterruptedException e) {
        log("delivery " + delivery.getDeliveryId() + " is not completed: " + e.getMessage());
      } finally {
        held.remove(delivery.getLeaseId());
      }
    });
  }

  /** Says something of a delivery, the same again until the bot has judged it. */
  CompletionResult complete(Completion completion) throws StatusException, InterruptedException {
    CompleteRequest request = CompleteRequest.newBuilder().setReplica(name).addCompletions(completion).build();
    for (int failures = 0;; failures++) {
      try {
        CompletionResult result = bot.deliveries().complete(request).getResults(0);
        String reason = reason(result.getError());
        if (!reason.equals("QUEUE_FULL") && !reason.equals("STORAGE_FAILED")) {
          return result;
        }
      } catch (StatusException e) {
        if (FINAL.contains(e.getStatus().getCode())) {
          throw e;
        }
      }
      bot.channel.resetConnectBackoff();
      Thread.sleep(pause(failures));
    }
  }

  /** Renews the leases as long as the process lives. */
  private void beat() {
    try {
      for (long next = HEARTBEAT_MILLIS;; next = heartbeat()) {
        Thread.sleep(next);
      }
    } catch (InterruptedException e) {
      log("the heartbeats were interrupted");
    }
  }

  /** Returns in how many milliseconds the next one is due. */
  private long heartbeat() {
    HeartbeatRequest.Builder request = HeartbeatRequest.newBuilder().setReplica(name);
    held.values().forEach(call -> request.addHeld(call.lease()));
    try {
      HeartbeatResponse answer = bot.deliveries().heartbeat(request.build());
      for (Map.Entry<String, Call> call : held.entrySet()) {
        if (answer.getLostLeaseIdsList().contains(call.getKey())) {
          call.getValue().stop();
        }
      }
      long next = Durations.toMillis(answer.getNext()); // 0: the bot does not say
      return next > 0 ? Math.min(next, HEARTBEAT_MILLIS) : HEARTBEAT_MILLIS;
    } catch (StatusException e) {
      if (forgotten(e)) {
        wake.release();
      } else if (stream != null) {
        log("a heartbeat failed: " + told(e));
      }
      return pause(2);
    }
  }

  /** Growing, with full jitter: below 0.5 s, 1 s and so on to 20 s, less than the term of a lease. */
  private static long pause(int failures) {
    return ThreadLocalRandom.current().nextLong(Math.min(20_000, 500L << Math.min(failures, 6)));
  }

  private static boolean forgotten(StatusException e) {
    return reason(StatusProto.fromThrowable(e)).equals("REPLICA_NOT_FOUND");
  }

  /** The reason of an error of the bot, "" if it has none. */
  static String reason(Status status) {
    try {
      for (Any detail : status.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          return detail.unpack(ErrorInfo.class).getReason();
        }
      }
    } catch (InvalidProtocolBufferException e) {
      log("an error of the bot cannot be read: " + e.getMessage());
    }
    return "";
  }

  /** An error for people: beneath one of a connection stands why it broke. */
  private static String told(StatusException e) {
    Throwable why = e;
    while (why.getCause() != null) {
      why = why.getCause();
    }
    return why == e ? e.getMessage() : e.getStatus().getCode() + ": " + why.getMessage();
  }

  static void log(String text) {
    System.err.println("everything: " + text);
  }
}
