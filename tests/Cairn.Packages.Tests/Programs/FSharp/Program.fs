// Trainer MS-OF-A-STEP OUTPUT
open System.Threading
open Cairn
open TorchSharp
open type TorchSharp.torch
open type TorchSharp.torch.nn.functional

[<EntryPoint>]
let main args =
    use run = TrainingRun.Open(options = TrainingRunOptions(Save = SaveSchedule.EverySteps 50L))

    torch.random.manual_seed 1L |> ignore
    let model = torch.nn.Linear(16L, 1L)
    let optimizer = torch.optim.SGD(model.parameters (), learningRate = 1e-3)
    run.Track("model", model)
    run.Track("optimizer", optimizer)
    run.TrackRandomState()

    for step in run.Steps 200L do
        use scope = torch.NewDisposeScope()
        let loss = mse_loss (model.forward (torch.randn (32L, 16L)), torch.randn (32L, 1L))
        loss.backward ()
        optimizer.step () |> ignore
        optimizer.zero_grad ()
        printfn $"step {step}"
        Thread.Sleep(int args[0])

    run.Finish(fun () -> model.save args[1] |> ignore).ExitCode
