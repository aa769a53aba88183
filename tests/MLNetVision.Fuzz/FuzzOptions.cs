using System.Globalization;

namespace MLNetVision.Fuzz;

/// <summary>What to try, and for how long.</summary>
internal sealed record FuzzOptions
{
    /// <summary>The time for each reader.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The most inputs of each reader; what fails then does not depend on the machine's speed.</summary>
    public long Most { get; init; } = long.MaxValue;

    /// <summary>The same seed gives the same inputs in the same order.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The one reader to try; null for all.</summary>
    public string? Reader { get; init; }

    /// <summary>The one input to try, for a debugger; null for all.</summary>
    public long? Input { get; init; }

    /// <summary>Where a child says what it does; null in the process that starts the children.</summary>
    public string? Child { get; init; }

    /// <exception cref="ArgumentException">There is no such option, or its value is wrong.</exception>
    public static FuzzOptions Parse(string[] arguments)
    {
        var options = new FuzzOptions();
        for (int i = 0; i < arguments.Length; i++)
        {
            string Value() => ++i < arguments.Length ? arguments[i] : throw new ArgumentException($"{arguments[i - 1]} needs a value.");

            options = arguments[i] switch
            {
                "--seconds" => options with { Time = TimeSpan.FromSeconds(Number(Value())) },
                "--hour" => options with { Time = TimeSpan.FromHours(1) / Readers.All.Count },
                "--most" => options with { Most = Number(Value()) },
                "--seed" => options with { Seed = (int)Number(Value()) },
                "--reader" => options with { Reader = Known(Value()) },
                "--input" => options with { Input = Number(Value()) },
                "--child" => options with { Child = Value() },
                var other => throw new ArgumentException($"There is no option {other}; there are --seconds N, --hour, --most N, --seed N, --reader NAME and --input N."),
            };
        }

        return options.Input is null || options.Reader is not null ? options : throw new ArgumentException("--input needs --reader.");
    }

    private static long Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
        ? number : throw new ArgumentException($"'{text}' is not a number.");

    private static string Known(string name) => Readers.All.Any(reader => reader.Name == name)
        ? name : throw new ArgumentException($"There is no reader '{name}'; there are {string.Join(", ", Readers.All.Select(reader => reader.Name))}.");
}
