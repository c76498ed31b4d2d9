package everything;

import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** Trusts the one certificate with this SHA-256, whatever its names. A plain X509TrustManager is asked for names besides. */
final class Pin extends X509ExtendedTrustManager {
  private final byte[] pin;

  Pin(String hex) {
    pin = HexFormat.of().parseHex(hex);
  }

  private void check(X509Certificate shown) throws CertificateException {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(shown.getEncoded());
      if (!MessageDigest.isEqual(hash, pin)) {
        throw new CertificateException("the bot's certificate is not the one that the endpoint pins: its pin is sha256="
            + HexFormat.of().formatHex(hash) + "; if the bot has a new one, `oco key new` prints the endpoint");
      }
    } catch (NoSuchAlgorithmException e) {
      throw new CertificateException(e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    check(chain[0]);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
    check(chain[0]);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
    check(chain[0]);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("this is a client");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
    throw new CertificateException("this is a client");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
    throw new CertificateException("this is a client");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
