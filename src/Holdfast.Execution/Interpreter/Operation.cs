namespace Holdfast.Execution.Interpreter;

/// <summary>
/// What the interpreter's loop switches over: dense, with operand kinds, sizes and byte order already decided. <c>I</c> takes the
/// immediate as second operand, <c>R</c> a register.
/// </summary>
internal enum Operation : ushort
{
    Unreachable,
    Skip,
    Add64I, Sub64I, Mul64I, Div64I, Sdiv64I, Or64I, And64I, Lsh64I, Rsh64I, Mod64I, Smod64I, Xor64I, Mov64I, Arsh64I,
    Add64R, Sub64R, Mul64R, Div64R, Sdiv64R, Or64R, And64R, Lsh64R, Rsh64R, Mod64R, Smod64R, Xor64R, Mov64R, Arsh64R,
    Add32I, Sub32I, Mul32I, Div32I, Sdiv32I, Or32I, And32I, Lsh32I, Rsh32I, Mod32I, Smod32I, Xor32I, Mov32I, Arsh32I,
    Add32R, Sub32R, Mul32R, Div32R, Sdiv32R, Or32R, And32R, Lsh32R, Rsh32R, Mod32R, Smod32R, Xor32R, Mov32R, Arsh32R,
    Neg64, Neg32,
    MovSx8To64, MovSx16To64, MovSx32To64, MovSx8To32, MovSx16To32,
    Swap16, Swap32, Swap64, Truncate16, Truncate32,
    LoadImmediate64,
    Goto, MayGoto,
    Jeq64I, Jgt64I, Jge64I, Jset64I, Jne64I, Jsgt64I, Jsge64I, Jlt64I, Jle64I, Jslt64I, Jsle64I,
    Jeq64R, Jgt64R, Jge64R, Jset64R, Jne64R, Jsgt64R, Jsge64R, Jlt64R, Jle64R, Jslt64R, Jsle64R,
    Jeq32I, Jgt32I, Jge32I, Jset32I, Jne32I, Jsgt32I, Jsge32I, Jlt32I, Jle32I, Jslt32I, Jsle32I,
    Jeq32R, Jgt32R, Jge32R, Jset32R, Jne32R, Jsgt32R, Jsge32R, Jlt32R, Jle32R, Jslt32R, Jsle32R,
    Load8, Load16, Load32, Load64, LoadSx8, LoadSx16, LoadSx32,
    ProbedLoad8, ProbedLoad16, ProbedLoad32, ProbedLoad64, ProbedLoadSx8, ProbedLoadSx16, ProbedLoadSx32,
    Store8, Store16, Store32, Store64, StoreImmediate8, StoreImmediate16, StoreImmediate32, StoreImmediate64,
    Add32Atomic, Add64Atomic, Or32Atomic, Or64Atomic, And32Atomic, And64Atomic, Xor32Atomic, Xor64Atomic,
    FetchAdd32, FetchAdd64, FetchOr32, FetchOr64, FetchAnd32, FetchAnd64, FetchXor32, FetchXor64,
    Exchange32, Exchange64, CompareExchange32, CompareExchange64,
    LoadAcquire8, LoadAcquire16, LoadAcquire32, LoadAcquire64,
    StoreRelease8, StoreRelease16, StoreRelease32, StoreRelease64,
    LoadPacketAbsolute, LoadPacketIndirect,
    CallHelper, CallLocal, TailCall, Exit,
}
