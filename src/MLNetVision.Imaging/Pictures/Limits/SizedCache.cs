using System.Collections.Concurrent;

namespace MLNetVision.Imaging.Pictures.Limits;

/// <summary>Keeps what is made again and again, up to a number of bytes: sizes come from files, and a process lives long.</summary>
/// <param name="maximumBytes">The bytes of all values, beyond which the cache is emptied.</param>
internal sealed class SizedCache<TKey, TValue>(long maximumBytes)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, TValue> _values = new();
    private readonly Lock _adding = new();
    private long _bytes;

    /// <summary>The bytes of what is kept.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>The value of a key, made when it is not there.</summary>
    /// <param name="key">The key.</param>
    /// <param name="make">Makes the value; two threads may make the same one at once.</param>
    /// <param name="bytes">How many bytes it takes.</param>
    public TValue Get(TKey key, Func<TKey, TValue> make, long bytes)
    {
        if (_values.TryGetValue(key, out TValue? known))
        {
            return known;
        }

        TValue made = make(key);
        lock (_adding)
        {
            if (_bytes + bytes > maximumBytes)
            {
                _values.Clear();
                _bytes = 0;
            }

            if (bytes <= maximumBytes && _values.TryAdd(key, made))
            {
                _bytes += bytes;
            }
        }

        return made;
    }
}
