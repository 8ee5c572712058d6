import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Holds a consumer back while more was read of its partition than was landed: some runners keep what is between the two
 * in memory, however much it is.
 *
 * <p>How far landing is stands in a file for each partition, in the folder that the consumer's options name. It waits
 * for a second at most, for what was read goes on only when the reader pauses; so it slows down and never stops.
 */
public final class Pace implements ConsumerInterceptor<byte[], byte[]> {
  private static final long LONGEST_MILLIS = 1000;
  private static final long LOOK_MILLIS = 20;

  private record Read(int partition, long offset, long bytes) {}

  private final ArrayDeque<Read> ahead = new ArrayDeque<>();
  private long bytesAhead;
  private Path folder;
  private long most;

  @Override
  public void configure(Map<String, ?> options) {
    folder = Path.of(options.get("corpusgate.pace.folder").toString());
    most = Long.parseLong(options.get("corpusgate.pace.bytes").toString());
  }

  @Override
  public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
    for (ConsumerRecord<byte[], byte[]> one : records) {
      note(one);
    }
    long until = System.currentTimeMillis() + LONGEST_MILLIS;
    while (isTooFarAhead() && System.currentTimeMillis() < until) {
      try {
        Thread.sleep(LOOK_MILLIS);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    return records;
  }

  private void note(ConsumerRecord<byte[], byte[]> one) {
    Read last = ahead.peekLast();
    if (last != null && one.offset() <= last.offset()) { // it reads again what it had read
      ahead.clear();
      bytesAhead = 0;
    }
    long bytes = Math.max(0, one.serializedKeySize()) + Math.max(0, one.serializedValueSize());
    ahead.add(new Read(one.partition(), one.offset(), bytes));
    bytesAhead += bytes;
  }

  private boolean isTooFarAhead() {
    if (bytesAhead <= most) {
      return false;
    }
    long landed = landed(ahead.peekFirst().partition());
    while (!ahead.isEmpty() && ahead.peekFirst().offset() <= landed) {
      bytesAhead -= ahead.removeFirst().bytes();
    }
    return bytesAhead > most;
  }

  private long landed(int partition) {
    try {
      return Long.parseLong(Files.readString(folder.resolve(Integer.toString(partition))).strip());
    } catch (IOException | NumberFormatException nothingYet) {
      return -1;
    }
  }

  @Override
  public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

  @Override
  public void close() {}
}
