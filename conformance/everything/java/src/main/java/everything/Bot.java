package everything;

import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.MetadataUtils;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.openchatops.v1.BotServiceGrpc;
import org.openchatops.v1.ChatServiceGrpc;
import org.openchatops.v1.DeliveryServiceGrpc;
import org.openchatops.v1.StorageServiceGrpc;

/** The way to the bot. It connects with the first call, and again after it broke. */
final class Bot {
  private static final Pattern ADDRESS = Pattern.compile("(?:(oco|oco\\+tls)://)?(\\[[^\\]]+\\]|[^:/?#\\[]+):(\\d+)/?(?:#(.*))?");
  private static final Pattern LOOPBACK = Pattern.compile("localhost|127\\.\\d+\\.\\d+\\.\\d+|\\[::1\\]");
  private static final Pattern PIN = Pattern.compile("sha256=([0-9a-fA-F]{64})");
  private static final long CALL_SECONDS = 15;

  final ManagedChannel channel;
  private final Channel keyed;

  /** Reads the endpoint; what is wrong with it is an IllegalArgumentException. */
  Bot(String endpoint, String key) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + key);
    channel = connect(endpoint);
    keyed = ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  BotServiceGrpc.BotServiceBlockingV2Stub registration() {
    return BotServiceGrpc.newBlockingV2Stub(keyed).withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
  }

  DeliveryServiceGrpc.DeliveryServiceBlockingV2Stub deliveries() {
    return stream().withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
  }

  /** For Subscribe, which stays open. */
  DeliveryServiceGrpc.DeliveryServiceBlockingV2Stub stream() {
    return DeliveryServiceGrpc.newBlockingV2Stub(keyed);
  }

  ChatServiceGrpc.ChatServiceBlockingV2Stub chat() {
    return ChatServiceGrpc.newBlockingV2Stub(keyed).withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
  }

  StorageServiceGrpc.StorageServiceBlockingV2Stub storage() {
    return StorageServiceGrpc.newBlockingV2Stub(keyed).withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
  }

  private static ManagedChannel connect(String endpoint) {
    if (endpoint.startsWith("unix:///")) {
      return channel(endpoint, InsecureChannelCredentials.create());
    }
    Matcher address = ADDRESS.matcher(endpoint);
    if (!address.matches()) {
      throw wrong(endpoint, "must be unix:///path, host:port, oco://host:port or oco+tls://host:port#sha256=PIN");
    }
    String host = address.group(2);
    String pin = address.group(4);
    String target = "dns:///" + host + ":" + address.group(3);
    if ("oco+tls".equals(address.group(1))) {
      return channel(target, pin == null ? TlsChannelCredentials.create() : pinned(endpoint, pin));
    }
    if (pin != null) {
      throw wrong(endpoint, "only oco+tls:// has a pin");
    }
    if (!LOOPBACK.matcher(host).matches() && !"1".equals(System.getenv("OCO_INSECURE"))) {
      throw wrong(endpoint, "the key would travel unencrypted to another machine; "
          + "use oco+tls://, or set OCO_INSECURE=1 if the way is safe");
    }
    return channel(target, InsecureChannelCredentials.create());
  }

  private static ChannelCredentials pinned(String endpoint, String fragment) {
    Matcher pin = PIN.matcher(fragment);
    if (!pin.matches()) {
      throw wrong(endpoint, "after # this program understands sha256= and 64 hex digits, nothing else");
    }
    return TlsChannelCredentials.newBuilder().trustManager(new Pin(pin.group(1))).build();
  }

  private static ManagedChannel channel(String target, ChannelCredentials credentials) {
    // Pings find a connection that broke without a word.
    return Grpc.newChannelBuilder(target, credentials)
        .keepAliveTime(10, TimeUnit.SECONDS).keepAliveTimeout(10, TimeUnit.SECONDS).keepAliveWithoutCalls(true).build();
  }

  private static IllegalArgumentException wrong(String endpoint, String why) {
    return new IllegalArgumentException("OCO_ENDPOINT \"" + endpoint + "\": " + why);
  }
}
