namespace MLNetVision.Imaging.Options;

/// <summary>The range check that all options share.</summary>
internal static class OptionRange
{
    /// <summary>Throws unless the value lies in the range; NaN never does.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public static void Check(double value, double minimum, double maximum, string option)
    {
        if (!(value >= minimum && value <= maximum))
        {
            string from = minimum == double.Epsilon ? "above 0" : $"at least {minimum}";
            string to = maximum is double.PositiveInfinity or double.MaxValue or int.MaxValue ? string.Empty : $" and at most {maximum}";
            throw new ArgumentOutOfRangeException(option, value, $"{option} must be {from}{to}, but it is {value}.");
        }
    }
}
