using System.Runtime.InteropServices;
using MLNetVision.Models.Common.Native;

namespace MLNetVision.Tests.Models.Common.Native;

[TestClass]
[DoNotParallelize]
public sealed class NativeHeapTests
{
    /// <summary>Blocks below glibc's threshold for mappings of their own, one in a hundred of which stays.</summary>
    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public unsafe void Trim_HeapWithHoles_GivesTheirPagesBack()
    {
        const int Blocks = 2000, Size = 100_000;
        var blocks = new nint[Blocks];
        for (int i = 0; i < Blocks; i++)
        {
            blocks[i] = (nint)NativeMemory.AllocZeroed(Size);
            new Span<byte>((void*)blocks[i], Size).Fill(1);
        }

        for (int i = 0; i < Blocks; i++)
        {
            if (i % 100 != 0)
            {
                NativeMemory.Free((void*)blocks[i]);
            }
        }

        long before = Environment.WorkingSet;
        NativeHeap.Trim();
        long after = Environment.WorkingSet;
        for (int i = 0; i < Blocks; i += 100)
        {
            Assert.AreEqual(1, ((byte*)blocks[i])[Size - 1]);
            NativeMemory.Free((void*)blocks[i]);
        }

        Assert.IsLessThan(before - Blocks * (long)Size / 2, after);
    }
}
