package everything;

import com.google.protobuf.util.JsonFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/**
 * The everything-handler of the conformance suite in Java without a library: on the code that is
 * generated from the protocol alone.
 *
 * <pre>OCO_ENDPOINT=127.0.0.1:8764 OCO_KEY=oco_… java -jar everything.jar</pre>
 *
 * Bot, Replica and Call are what any handler needs; Everything has the commands of this one.
 */
final class Main {
  private Main() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    Everything everything = new Everything();
    if (args.length == 1 && args[0].equals("--manifest")) { // oco check and oco match ask
      System.out.println(JsonFormat.printer().print(everything.manifest()));
      return;
    }
    CountDownLatch ended = new CountDownLatch(1);
    int[] status = {1};
    try {
      Replica replica = new Replica(new Bot(variable("OCO_ENDPOINT"), key()), everything);
      // SIGTERM and SIGINT come as this hook, and the virtual machine would end with 143 and 130.
      Runtime.getRuntime().addShutdownHook(new Thread(() -> {
        replica.leave();
        await(ended);
        Runtime.getRuntime().halt(status[0]);
      }));
      replica.run();
      status[0] = 0;
    } catch (IllegalArgumentException | Replica.GaveUp e) {
      Replica.log(e.getMessage());
    } finally {
      ended.countDown();
    }
    System.exit(status[0]);
  }

  /** The key: what the operator set, or where the bot started this program, a line "PLUGIN KEY". */
  private static String key() throws IOException {
    String descriptor = System.getenv("OCO_KEY_FD");
    if (descriptor == null) {
      return variable("OCO_KEY").strip();
    }
    return Files.readString(Path.of("/dev/fd/" + descriptor)).strip().split(" ")[1];
  }

  private static String variable(String name) {
    String value = System.getenv(name);
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(name + " is not set: `oco key new everything` prints what to set");
    }
    return value;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
