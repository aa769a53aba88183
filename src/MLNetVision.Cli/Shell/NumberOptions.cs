using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace MLNetVision.Cli.Shell;

/// <summary>Options whose numbers have a range, which the error names.</summary>
internal static class NumberOptions
{
    public static Option<int> AtLeast(int least, int fallback, string name, string description, string helpName = "N", int most = int.MaxValue)
    {
        var option = new Option<int>(name) { Description = description, HelpName = helpName, DefaultValueFactory = _ => fallback };
        option.Validators.Add(result => Check(result, name, least, most));
        return option;
    }

    /// <summary>A whole number that may be left out.</summary>
    public static Option<int?> Optional(int least, string name, string description, string helpName = "N", int most = int.MaxValue)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = helpName };
        option.Validators.Add(result => Check(result, name, least, most));
        return option;
    }

    public static Option<double?> Positive(string name, double most, string description, string helpName)
    {
        var option = new Option<double?>(name) { Description = description, HelpName = helpName };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !(value > 0 && value <= most)))
            {
                result.AddError(FormattableString.Invariant($"{name} is '{token.Value}'; expected a number above 0 and at most {most}."));
            }
        });
        return option;
    }

    // Said in the option's own words, also of what is no number or one too long for any.
    private static void Check(OptionResult result, string name, int least, int most)
    {
        if (result.Tokens is [var token] && (!int.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) || value < least || value > most))
        {
            result.AddError($"{name} is '{token.Value}'; expected a whole number{(most == int.MaxValue ? $", at least {least}" : $" from {least} to {most}")}.");
        }
    }

    public static Option<double?> Share(string name, string description)
    {
        var option = new Option<double?>(name) { Description = description, HelpName = "SHARE" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || value is not (>= 0 and <= 1)))
            {
                result.AddError($"{name} is '{token.Value}'; expected a number from 0 to 1.");
            }
        });
        return option;
    }
}
