using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Native;

/// <summary>
/// Arithmetic of tensors and numbers in which no number is ever left to the finalizer: the only place of the library that
/// makes a <see cref="Scalar"/>.
/// </summary>
/// <remarks>
/// TorchSharp hands the handle of a scalar to native code and has no reference to the object from then on. If a collection
/// happens at that moment, the finalizer frees the number under the call, which then fails or computes with another value.
/// Its operators make such temporaries, even <c>a + b</c>, whose sum has a factor of 1 inside. Here a scalar is either kept
/// for good or disposed after the call, which holds it until then. A test reads the library's code and finds every call that
/// goes around this class; operators of two tensors other than the sum make no scalar.
/// </remarks>
internal static class TensorNumbers
{
    private static readonly Scalar One = Kept(1);
    private static readonly Scalar Zero = Kept(0);

    /// <summary>a + b.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, One);

    /// <summary>a + number.</summary>
    public static Tensor Plus(this Tensor a, double number)
    {
        using Scalar scalar = number;
        return a.add(scalar, One);
    }

    /// <summary>a + number, of integers.</summary>
    public static Tensor Plus(this Tensor a, long number)
    {
        using Scalar scalar = number;
        return a.add(scalar, One);
    }

    /// <summary>a − number.</summary>
    public static Tensor Minus(this Tensor a, long number)
    {
        using Scalar scalar = number;
        return a.sub(scalar);
    }

    /// <summary>1 − a.</summary>
    public static Tensor OneMinus(this Tensor a)
    {
        using Tensor negative = a.negative();
        return negative.add(One, One);
    }

    /// <summary>a · number.</summary>
    public static Tensor Times(this Tensor a, double number)
    {
        using Scalar scalar = number;
        return a.mul(scalar);
    }

    /// <summary>a · number, of integers.</summary>
    public static Tensor Times(this Tensor a, long number)
    {
        using Scalar scalar = number;
        return a.mul(scalar);
    }

    /// <summary>a / number.</summary>
    public static Tensor Over(this Tensor a, double number)
    {
        using Scalar scalar = number;
        return a.div(scalar);
    }

    /// <summary>a += b.</summary>
    public static Tensor Add(this Tensor a, Tensor b) => a.add_(b, One);

    /// <summary>a += factor · b.</summary>
    public static Tensor Add(this Tensor a, Tensor b, double factor)
    {
        using Scalar scalar = factor;
        return a.add_(b, scalar);
    }

    /// <summary>a += number.</summary>
    public static Tensor Add(this Tensor a, double number)
    {
        using Scalar scalar = number;
        return a.add_(scalar, One);
    }

    /// <summary>a += 1, of integers.</summary>
    public static Tensor Increment(this Tensor a) => a.add_(One, One);

    /// <summary>a ·= factor.</summary>
    public static Tensor Scale(this Tensor a, double factor)
    {
        using Scalar scalar = factor;
        return a.mul_(scalar);
    }

    /// <summary>a ·= factor, of integers.</summary>
    public static Tensor Scale(this Tensor a, long factor)
    {
        using Scalar scalar = factor;
        return a.mul_(scalar);
    }

    /// <summary>a /= divisor.</summary>
    public static Tensor Divide(this Tensor a, double divisor)
    {
        using Scalar scalar = divisor;
        return a.div_(scalar);
    }

    /// <summary>a += factor · (b · c), element by element.</summary>
    public static Tensor AddProduct(this Tensor a, Tensor b, Tensor c, double factor = 1)
    {
        using Scalar scalar = factor;
        return a.addcmul_(b, c, scalar);
    }

    /// <summary>a + b · c, element by element.</summary>
    public static Tensor PlusProduct(this Tensor a, Tensor b, Tensor c) => a.addcmul(b, c, One);

    /// <summary>a + b / c, element by element.</summary>
    public static Tensor PlusQuotient(this Tensor a, Tensor b, Tensor c) => a.addcdiv(b, c, One);

    /// <summary>a += factor · (b / c), element by element.</summary>
    public static Tensor AddQuotient(this Tensor a, Tensor b, Tensor c, double factor)
    {
        using Scalar scalar = factor;
        return a.addcdiv_(b, c, scalar);
    }

    /// <summary>a = number everywhere.</summary>
    public static Tensor Fill(this Tensor a, double number)
    {
        using Scalar scalar = number;
        return a.fill_(scalar);
    }

    /// <summary>a = 0 everywhere. TorchSharp's own makes a second tensor object, which it leaves to the finalizer.</summary>
    public static Tensor Clear(this Tensor a) => a.fill_(Zero);

    /// <summary>number where the mask is set, a elsewhere.</summary>
    public static Tensor FilledWhere(this Tensor a, Tensor mask, double number)
    {
        using Scalar scalar = number;
        return a.masked_fill(mask, scalar);
    }

    /// <summary>max(a, least).</summary>
    public static Tensor AtLeast(this Tensor a, double least)
    {
        using Scalar scalar = least;
        return a.clamp_min(scalar);
    }

    /// <summary>max(a, least), of integers.</summary>
    public static Tensor AtLeast(this Tensor a, long least)
    {
        using Scalar scalar = least;
        return a.clamp_min(scalar);
    }

    /// <summary>a within bounds, of integers.</summary>
    public static Tensor Within(this Tensor a, long least, long most)
    {
        using Scalar low = least, high = most;
        return a.clamp(low, high);
    }

    /// <summary>Whether a = 0.</summary>
    public static Tensor IsZero(this Tensor a) => a.eq(Zero);

    /// <summary>Whether a ≠ 0.</summary>
    public static Tensor IsNotZero(this Tensor a) => a.ne(Zero);

    /// <summary>Whether a &lt; 0.</summary>
    public static Tensor IsNegative(this Tensor a) => a.lt(Zero);

    /// <summary>Whether a &lt; bound.</summary>
    public static Tensor IsBelow(this Tensor a, double bound)
    {
        using Scalar scalar = bound;
        return a.lt(scalar);
    }

    /// <summary>Whether a &lt; bound, of integers.</summary>
    public static Tensor IsBelow(this Tensor a, long bound)
    {
        using Scalar scalar = bound;
        return a.lt(scalar);
    }

    /// <summary>Whether a ≥ bound.</summary>
    public static Tensor IsAtLeast(this Tensor a, double bound)
    {
        using Scalar scalar = bound;
        return a.ge(scalar);
    }

    /// <summary>a where it is positive, slope · a elsewhere.</summary>
    public static Tensor LeakyRelu(this Tensor a, double slope)
    {
        using Scalar scalar = slope;
        return a.leaky_relu(scalar);
    }

    /// <summary>log(1 + exp a). TorchSharp's own makes scalars inside; this is the same function and as exact.</summary>
    public static Tensor Softplus(this Tensor a)
    {
        using Tensor negative = a.negative();
        using Tensor logarithm = negative.log_sigmoid();
        return logarithm.negative();
    }

    /// <summary>(count): first, first + 1, …</summary>
    public static Tensor Range(long first, long count, ScalarType type, Device? device = null)
    {
        using Scalar start = first, stop = first + count;
        return arange(start, stop, One, type, device);
    }

    /// <summary>A tensor of one number.</summary>
    public static Tensor Filled(long[] shape, double number, ScalarType type, Device? device = null)
    {
        using Scalar scalar = number;
        return full(shape, scalar, type, device);
    }

    /// <summary>The number of a tensor with one element, on any device.</summary>
    public static double ToNumber(this Tensor a)
    {
        using var scope = NewDisposeScope();
        return a.detach().to(ScalarType.Float64).cpu().data<double>()[0];
    }

    /// <summary>The number of a tensor with one integer, on any device.</summary>
    public static long ToWholeNumber(this Tensor a)
    {
        using var scope = NewDisposeScope();
        return a.detach().to(ScalarType.Int64).cpu().data<long>()[0];
    }

    /// <summary>The value of a tensor with one truth value, on any device.</summary>
    public static bool IsTrue(this Tensor a) => a.ToWholeNumber() != 0;

    private static Scalar Kept(long number)
    {
        TorchLibrary.EnsureLoaded(); // whoever uses this class first may be the first to use libtorch
        return number;
    }
}
