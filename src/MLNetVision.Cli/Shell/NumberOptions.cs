using System.CommandLine;
using System.Globalization;

namespace MLNetVision.Cli.Shell;

/// <summary>Options whose numbers have a range, which the error names.</summary>
internal static class NumberOptions
{
    public static Option<int> AtLeast(int least, int fallback, string name, string description, string helpName = "N")
    {
        var option = new Option<int>(name) { Description = description, HelpName = helpName, DefaultValueFactory = _ => fallback };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out int value) && value < least)
            {
                result.AddError($"{name} is {value}; expected at least {least}.");
            }
        });
        return option;
    }

    /// <summary>A whole number that may be left out.</summary>
    public static Option<int?> Optional(int least, string name, string description, string helpName = "N")
    {
        var option = new Option<int?>(name) { Description = description, HelpName = helpName };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out int value) && value < least)
            {
                result.AddError($"{name} is {value}; expected at least {least}.");
            }
        });
        return option;
    }

    public static Option<double?> Positive(string name, string description, string helpName)
    {
        var option = new Option<double?>(name) { Description = description, HelpName = helpName };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || value is not (> 0 and < double.PositiveInfinity)))
            {
                result.AddError($"{name} is '{token.Value}'; expected a number above 0.");
            }
        });
        return option;
    }

    public static Option<double?> Share(string name, string description)
    {
        var option = new Option<double?>(name) { Description = description, HelpName = "SHARE" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!double.TryParse(token.Value, out double value) || value is not (>= 0 and <= 1)))
            {
                result.AddError($"{name} is '{token.Value}'; expected a number from 0 to 1.");
            }
        });
        return option;
    }
}
