using System.Globalization;

namespace Samples;

/// <summary>What was typed behind a program's name; what it does not understand ends the program with the usage and the code 2.</summary>
internal sealed class CommandLine
{
    private readonly string[] _arguments;
    private readonly string _usage;

    /// <param name="arguments">What was typed.</param>
    /// <param name="usage">What is printed for --help, and below what is wrong.</param>
    /// <param name="most">The most arguments that the program takes.</param>
    public CommandLine(string[] arguments, string usage, int most)
    {
        (_arguments, _usage) = (arguments, usage);
        if (arguments.Any(argument => argument is "--help" or "-h" or "-?" or "/?"))
        {
            Console.WriteLine(usage);
            Environment.Exit(0);
        }

        if (arguments.Length > most)
        {
            Fail($"Unexpected: '{arguments[most]}'.");
        }
    }

    /// <summary>The text at a place; null where there is none.</summary>
    public string? Text(int place) => place < _arguments.Length ? _arguments[place] : null;

    /// <summary>The whole number at a place.</summary>
    /// <param name="place">Which argument.</param>
    /// <param name="name">What the usage calls it.</param>
    /// <param name="otherwise">The number where there is none.</param>
    /// <param name="least">The least that is understood.</param>
    public int Number(int place, string name, int otherwise, int least = 0)
    {
        if (Text(place) is not { } text)
        {
            return otherwise;
        }

        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) || number < least)
        {
            Fail($"{name} must be a whole number from {least} on; '{text}' came.");
        }

        return number;
    }

    /// <summary>Ends the program.</summary>
    /// <param name="message">What is wrong.</param>
    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    public void Fail(string message)
    {
        Console.Error.WriteLine(message);
        Console.Error.WriteLine(_usage);
        Environment.Exit(2);
    }
}
